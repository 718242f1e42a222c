"""Jupyter Server, told by Doorward who comes."""

from jupyter_server.auth import IdentityProvider, User

c = get_config()  # noqa: F821, Jupyter's own


class Proxied(IdentityProvider):
    """Whoever Doorward names in Remote-User; nobody else, by no token and no password."""

    token = ""

    def get_user(self, handler):
        def said(header):
            # Tornado reads headers as Latin-1; Doorward writes UTF-8.
            return handler.request.headers.get(header, "").encode("latin-1").decode("utf-8")

        name = said("Remote-User")
        shown = said("Remote-Name") or name
        return User(username=name, name=shown, display_name=shown) if name else None


c.ServerApp.identity_provider_class = Proxied
# Only Doorward may reach it; the name that browsers know is not this machine's.
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port_retries = 0
c.ServerApp.allow_remote_access = True
c.ServerApp.trust_xheaders = True
c.ServerApp.allow_unauthenticated_access = False
c.ServerApp.open_browser = False
