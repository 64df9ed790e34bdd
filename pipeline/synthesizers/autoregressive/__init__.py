"""A masked autoencoder over binned columns that writes a row column by column.

Germain et al. 2015 (arXiv:1502.03509) for the network, Tiwald et al. 2025 (arXiv:2501.12012) for tables.
`synthesizer` is the interface; `category_book`, `number_book` and `codebook` turn columns into codes and
back, `layout` and `network` hold the model, `trainer` fits it, `monitor` ends the fit, `sampler` draws.
"""
