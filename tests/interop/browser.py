"""A browser: follows redirects, refreshes and forms that post themselves, and keeps cookies by the rules of SameSite.

It knows two sites, `localhost` and `127.0.0.1`, as browsers do; ports are no boundary. The session of pages is what the
page's text says: nothing here knows Gatepost or an identity provider by more than their HTML.
"""

import re
from http.cookies import SimpleCookie
from urllib.parse import urljoin, urlsplit

import requests
from lxml import html

MOST_STEPS = 25


class Page:
    """What a browser shows after all that it follows by itself."""

    def __init__(self, response):
        self.url, self.status, self.text = response.url, response.status_code, response.text
        self.headers = response.headers
        self.tree = html.fromstring(response.content) if response.content.strip() else html.fromstring("<p></p>")

    @property
    def words(self):
        """The text that a person reads."""
        return " ".join(self.tree.text_content().split())

    @property
    def heading(self):
        """The first heading."""
        return " ".join(" ".join(found.text_content().split()) for found in self.tree.xpath("(//h1)[1]"))

    @property
    def reference(self):
        """The reference on a refused page."""
        found = re.search(r"att_[0-9a-z]{26}", self.text)
        assert found, f"no reference on {self.url} ({self.status}): {self.words[:600]}"
        return found.group(0)

    def form(self):
        """The form that a person would fill in: the one with a password, else the first."""
        with_password = self.tree.xpath("//form[.//input[@type='password']]")
        return (with_password or self.tree.forms)[0]


class Browser:
    """One browser profile. `post_by_itself` is off for looking at what an identity provider would post."""

    def __init__(self):
        self.http = requests.Session()
        self.http.trust_env = False
        self.cookies = {}
        self.steps = []
        self.stop_before = None

    def visit(self, url):
        """Types an address."""
        return self._go("GET", url, None, None)

    def press(self, page, element_text=None, **fields):
        """Fills in the page's form and sends it, or follows the link of that text."""
        if element_text is not None:
            links = [link for link in page.tree.iter("a") if element_text in link.text_content()]
            assert links, f"no link {element_text!r} on {page.url}: {page.words[:400]}"
            return self._go("GET", urljoin(page.url, links[0].get("href")), None, page.url)
        return self._send(page, page.form(), fields)

    def post(self, url, fields, origin):
        """Posts a form that stands on a page of `origin`."""
        return self._go("POST", url, fields, origin)

    def _send(self, page, form, fields):
        values = {field.name: field.value or "" for field in form.inputs if getattr(field, "type", "") != "submit" and field.name}
        target = urljoin(page.url, form.get("action") or page.url)
        return self._go(form.method, target, values | fields, page.url)

    def _go(self, method, url, fields, from_url):
        self.steps = []
        site = urlsplit(from_url).hostname if from_url else None
        for _ in range(MOST_STEPS):
            if self.stop_before and self.stop_before(url, fields):
                self.steps.append((method, url, fields))
                return None
            response = self._request(method, url, fields, site)
            self.steps.append((method, url, fields))
            if response.is_redirect:
                # A chain of redirects keeps the site that it began on; a 303 and, by custom, a 302 become GET.
                url, fields = urljoin(response.url, response.headers["location"]), None
                assert response.status_code in (301, 302, 303), response.status_code
                method = "GET"
                continue
            page = Page(response)
            site = urlsplit(page.url).hostname
            refresh = page.tree.xpath("//meta[translate(@http-equiv,'REFSH','refsh')='refresh']/@content")
            if refresh and (found := re.match(r"\s*0\s*;\s*url=(.*)", refresh[0], re.I)):
                method, url, fields = "GET", urljoin(page.url, found.group(1)), None
                continue
            form = self._sends_itself(page)
            if form is None:
                return page
            fields = {field.name: field.value or "" for field in form.inputs if field.name}
            method, url = form.method, urljoin(page.url, form.get("action") or page.url)
        raise AssertionError(f"going round in circles: {[step[1][:80] for step in self.steps]}")

    @staticmethod
    def _sends_itself(page):
        """A form that the page's script sends at once."""
        marked = page.tree.xpath("//form[@data-submit-at-once]")
        if marked and page.tree.xpath("//script[@src]"):
            return marked[0]
        scripts = " ".join(page.tree.xpath("//script/text() | //script/@src | //body/@onload"))
        if len(page.tree.forms) == 1 and re.search(r"submit\(\)|resources/post\.js", scripts):
            return page.tree.forms[0]
        return None

    def _request(self, method, url, fields, site):
        to = urlsplit(url)
        is_cross_site = site is not None and site != to.hostname
        sent = []
        for (host, path, name), (value, same_site) in self.cookies.items():
            is_sent = not is_cross_site or same_site == "none" or (same_site == "lax" and method.upper() == "GET")
            if host == to.hostname and to.path.startswith(path) and is_sent:
                sent.append(f"{name}={value}")
        headers = {"Cookie": "; ".join(sent)} if sent else {}
        headers |= {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        headers["Sec-Fetch-Site"] = "none" if site is None else "cross-site" if is_cross_site else "same-origin"
        if method.upper() == "POST":
            headers["Origin"] = f"http://{site}" if is_cross_site else f"{to.scheme}://{to.netloc}"
        data = fields if method.upper() == "POST" else None
        query = fields if method.upper() == "GET" else None
        response = self.http.request(method.upper(), url, data=data, params=query, headers=headers, allow_redirects=False, timeout=30)
        self.http.cookies.clear()
        self._keep(to.hostname, response)
        return response

    def _keep(self, host, response):
        for line in response.raw.headers.getlist("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                key = (host, morsel["path"] or "/", name)
                # On http a browser drops SameSite=None without Secure; without the attribute it is Lax.
                same_site = (morsel["samesite"] or "lax").lower()
                if same_site == "none" and not morsel["secure"]:
                    continue
                is_gone = morsel["max-age"] == "0" or morsel["expires"].endswith("1970 00:00:01 GMT")
                if is_gone:
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = (morsel.value, same_site)
