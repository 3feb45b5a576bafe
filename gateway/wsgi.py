"""The web application for a WSGI server: `gunicorn gateway.wsgi:app`."""

from gateway.container import Container

app = Container.from_environment().web_app()
