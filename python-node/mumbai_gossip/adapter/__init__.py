"""The adapter protocol of the conformance suite, version 1."""
