"""CTGAN (Xu et al. 2019, arXiv:1907.00503): the model of ctgan 0.12.1, trained faster and sampled right.

Importing this package is light. `trainer` and its neighbours import torch at the top, where a reader
expects it: they are themselves imported only when a training or a sampling starts.
"""
