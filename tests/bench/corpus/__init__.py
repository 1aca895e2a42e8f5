"""A corpus of made-up credentials in the forms and encodings in which real ones are stored.

Each sample is drawn from a seed and knows its own truth. Forms follow the documentation of the
formats and what the tools write; nothing here looks at how the detector works.
"""
