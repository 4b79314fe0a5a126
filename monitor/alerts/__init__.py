"""Whether there is something to tell: `decide`, and the words its answers are told in."""
