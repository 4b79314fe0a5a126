"""What brings articles in: files and web pages."""
