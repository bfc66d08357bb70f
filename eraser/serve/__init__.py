"""A page to click people away, and an HTTP interface for programs. Needs ``pip install 'erase-me[serve]'``.

    settings    what the command can be told
    app         the routes and what stands in front of them
    server      uvicorn around the app: signals, slow clients
    security    who may ask: Host, Origin, token; the headers of every reply
    limits      a body becomes a form in memory, within bounds
    forms       options of EraseRequest and of results, read from a form and described for /docs
    queue       a bounded queue of work; progress, time limits, ends of work
    compute     where networks run: in this process or in others
    handles     photos that stay in memory for ten minutes
    jobs        several photos at once, as a ZIP
    service     all of these together, as the routes see them

Nothing is imported until it is used: ``eraser --help`` must not wait for FastAPI.
"""
