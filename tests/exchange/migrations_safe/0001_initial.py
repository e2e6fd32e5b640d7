from importlib import import_module

Migration = import_module("exchange.migrations.0001_initial").Migration
