"""The pages about documents: the lists, one document with its story, sending in the browser, the remedies."""
