"""The dashboard: what the topics hold and how the parts are, as pages and as JSON."""
