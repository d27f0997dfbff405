"""Pages for the browser and the printer: templates, styles, charts, and the words of both languages."""
