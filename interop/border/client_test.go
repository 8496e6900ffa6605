package border

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// answer is what came back for a request.
type answer struct {
	status   int
	location string
	by       string // express or go, if nginx was asked
	cookie   string // the session cookie that was set
	body     string
}

var greeting = regexp.MustCompile(`Hello, (\w+)!`)

// who returns who is logged in by a page, "" if nobody is.
func (a answer) who(t *testing.T) string {
	t.Helper()
	match := greeting.FindStringSubmatch(a.body)
	switch {
	case a.status == http.StatusOK && match != nil:
		return match[1]
	case a.status == http.StatusOK && strings.Contains(a.body, "Nobody is logged in."):
	case a.status == http.StatusSeeOther && a.location == "/login":
	default:
		t.Errorf("the answer is %d, %s", a.status, a.body)
	}
	return ""
}

// request is one without a browser.
type request struct {
	path   string
	cookie string     // the session's
	form   url.Values // a POST, unless nil
	header map[string]string
}

// send sends a request to a port, over TLS if there is a certificate.
func (r request) send(t *testing.T, port int, cert *x509.Certificate) answer {
	t.Helper()
	method, scheme, roots := http.MethodGet, "http", x509.NewCertPool()
	if r.form != nil {
		method = http.MethodPost
	}
	if cert != nil {
		scheme = "https"
		roots.AddCert(cert)
	}
	client := &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			},
			TLSClientConfig:   &tls.Config{RootCAs: roots},
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       patience,
	}
	req, err := http.NewRequest(method, scheme+"://shop.example"+r.path, strings.NewReader(r.form.Encode()))
	check(t, err)
	if r.form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.cookie != "" {
		req.Header.Set("Cookie", "connect.sid="+r.cookie)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	check(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	check(t, err)
	a := answer{
		status: res.StatusCode, location: res.Header.Get("Location"),
		by: res.Header.Get("X-Served-By"), body: string(body),
	}
	for _, c := range res.Cookies() {
		if c.Name == "connect.sid" {
			a.cookie = c.Value
		}
	}
	return a
}

// who asks nginx for a page and returns who is logged in there, "" if nobody is.
// A certain side must answer.
func (s *shop) who(t *testing.T, path, side, cookie string) string {
	t.Helper()
	a := request{path: path, cookie: cookie}.send(t, s.nginx.https, s.nginx.cert.parsed)
	if a.by != side {
		t.Errorf("%s is served by %s, not by %s", path, a.by, side)
	}
	return a.who(t)
}
