"""The Faust app: one thin module an agent; each calls one function of `monitor`."""
