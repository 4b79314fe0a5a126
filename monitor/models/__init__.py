"""The records that pass between the parts, one module a word of the vocabulary."""
