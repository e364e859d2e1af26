// Nothing runs it.
