"""The share of synthetic images as arithmetic: which image stands at which place of which epoch."""
