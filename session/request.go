package session

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/store"
)

// inPath reports whether the request is in the part of the site that the
// cookie is for: the path-match of RFC 6265, section 5.1.4, on the path as it
// was sent, even below http.StripPrefix.
func inPath(r *http.Request, cookiePath string) bool {
	if cookiePath == "/" {
		return true
	}
	path := sentPath(r)
	rest, ok := strings.CutPrefix(path, cookiePath)
	return ok && (rest == "" || strings.HasSuffix(cookiePath, "/") || rest[0] == '/')
}

func sentPath(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		path, _, _ := strings.Cut(r.RequestURI, "?")
		return path
	}
	u, err := url.ParseRequestURI(r.RequestURI) // absolute, as a proxy gets it
	if err != nil {
		u = r.URL
	}
	if path := u.EscapedPath(); path != "" {
		return path
	}
	return "/"
}

// sentID returns the id that the request's cookie names, and whether there is a
// cookie at all. The id is empty unless the signature holds and it is one that a
// store can have.
func (m *Manager) sentID(r *http.Request) (id string, sent bool) {
	raw, ok := cookie.Find(r.Header["Cookie"], m.o.Name)
	if !ok {
		return "", false
	}
	id, hash, ok := m.known.find(raw)
	if ok {
		return id, true
	}
	id, ok = m.signer.VerifyCookieValue(raw)
	if !ok || store.CheckID(id) != nil {
		return "", true
	}
	m.known.note(raw, hash, id)
	return id, true
}

// OverHTTPS reports whether the request came over HTTPS: to this server, or to
// a proxy of Options.TrustProxies that says so. As in Express the first of
// several protocols counts, the one nearest to the client.
func (m *Manager) OverHTTPS(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	if len(m.o.TrustProxies) == 0 || !m.trusts(r.RemoteAddr) {
		return false
	}
	proto, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	return strings.EqualFold(strings.TrimSpace(proto), "https")
}

func (m *Manager) trusts(remoteAddr string) bool {
	addr, err := netip.ParseAddrPort(remoteAddr)
	if err != nil {
		return false
	}
	ip := addr.Addr().Unmap().WithZone("")
	for _, p := range m.o.TrustProxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// carriesRenewal reports whether a response to the request will reach somebody
// who keeps its cookie. HEAD and prefetched responses may be thrown away, 304
// may be answered from a cache.
func carriesRenewal(r *http.Request, status int) bool {
	return r.Method != http.MethodHead && status != http.StatusNotModified &&
		!strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") && r.Header.Get("Purpose") != "prefetch"
}
