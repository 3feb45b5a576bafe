"""Text messages: the catalogue of registered templates, their rendering, scripts and segments."""
