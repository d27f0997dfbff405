"""An inbox of nights: deliveries that lie there are taken in the order of their days and put where they belong."""
