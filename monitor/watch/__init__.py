"""How the stream is: what the broker and the processes say of themselves, and what of it is wrong."""
