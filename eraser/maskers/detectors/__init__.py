"""Networks and runtimes that find people, each behind the ``Detector`` protocol in a file of its own."""
