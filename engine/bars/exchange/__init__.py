"""Bars and funding rates from an exchange, by way of ccxt."""
