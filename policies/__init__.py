"""The law as data: policy files, the language they are written in, its loader, linter and compiler."""
