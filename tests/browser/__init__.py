"""The portal as people meet it: in Debian's chromium, over HTTP, with worker, schedule and stand-in running."""
