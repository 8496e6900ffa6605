package auth

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

var trusted = proxies{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"),
}

// Ensure that an address is believed only of a trusted proxy, and of it only
// what it can know (ASVS 15.3.4).
func TestClientAddress(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, peer string
		forwarded  []string
		want       string // "" is none
	}{
		{"no proxy", "192.0.2.1:1234", nil, "192.0.2.1"},
		{"not a proxy of ours", "192.0.2.1:1234", []string{"198.51.100.7"}, "192.0.2.1"},
		{"not a proxy of ours that names one", "192.0.2.1:1234", []string{"10.0.0.1"}, "192.0.2.1"},
		{"one proxy", "10.0.0.1:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		{"proxy without the header", "10.0.0.1:1234", nil, "10.0.0.1"},
		{"proxy with an empty header", "10.0.0.1:1234", []string{""}, "10.0.0.1"},
		{"spoofed in front", "10.0.0.1:1234", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"spoofed on a line of its own", "10.0.0.1:1234", []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
		{"spoofed to be a proxy", "10.0.0.1:1234", []string{"10.9.9.9, 198.51.100.7"}, "198.51.100.7"},
		{"two proxies", "10.0.0.1:1234", []string{"203.0.113.9, 198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"two proxies, two lines", "10.0.0.1:1234", []string{"203.0.113.9,198.51.100.7", "10.0.0.2"}, "198.51.100.7"},
		{"proxies only", "10.0.0.1:1234", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"space", "10.0.0.1:1234", []string{" \t198.51.100.7 \t"}, "198.51.100.7"},
		{"empty elements", "10.0.0.1:1234", []string{"203.0.113.9,, 198.51.100.7, ,", ","}, "198.51.100.7"},
		{"port", "10.0.0.1:1234", []string{"198.51.100.7:4321"}, "198.51.100.7"},
		{"junk", "10.0.0.1:1234", []string{"198.51.100.7, unknown"}, "10.0.0.1"},
		{"junk behind a proxy", "10.0.0.1:1234", []string{"198.51.100.7, _hidden, 10.0.0.2"}, "10.0.0.2"},
		{"junk that nobody gets to", "10.0.0.1:1234", []string{"junk, 198.51.100.7"}, "198.51.100.7"},
		{"name", "10.0.0.1:1234", []string{"localhost"}, "10.0.0.1"},
		{"octal", "10.0.0.1:1234", []string{"198.051.100.7"}, "10.0.0.1"},
		{"port without an address", "10.0.0.1:1234", []string{":80"}, "10.0.0.1"},
		{"IPv6 peer", "[2001:db8::1]:1234", []string{"198.51.100.7"}, "2001:db8::1"},
		{"IPv6 proxy", "[2001:db8:1::1]:1234", []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv6 in brackets", "[::1]:1234", []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"IPv6 in brackets with a port", "[::1]:1234", []string{"[2001:db8::7]:80"}, "2001:db8::7"},
		{"IPv4 in brackets", "[::1]:1234", []string{"[198.51.100.7]"}, "::1"},
		{"open bracket", "[::1]:1234", []string{"[2001:db8::7"}, "::1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1234", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"zone", "[::1%lo]:1234", []string{"fe80::7%eth0"}, "fe80::7"},
		{"Unix socket", "@", []string{"198.51.100.7"}, ""},
		{"nothing", "", nil, ""},
	} {
		r := &http.Request{RemoteAddr: test.peer, Header: http.Header{"X-Forwarded-For": test.forwarded}}
		got := trusted.client(r)
		if want, _ := netip.ParseAddr(test.want); got != want {
			t.Errorf("%s: %v, want %v", test.name, got, want)
		}
		if got := proxies(nil).client(r); len(test.forwarded) > 0 && got.IsValid() && !strings.Contains(test.peer, got.String()) {
			t.Errorf("%s: without trusted proxies %v", test.name, got)
		}
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"192.0.2.1":             "192.0.2.1",
		"2001:db8:1:2:3:4:5:6":  "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::":   "2001:db8:1:2::/64",
		"2001:db8:1:3:ffff::":   "2001:db8:1:3::/64",
		"::1":                   "::/64",
		"fe80::1234:5678:0:abc": "fe80::/64",
	} {
		if got := network(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}

// Ensure that whatever a client sends, what counts is what the proxy appends.
func FuzzClientAddress(f *testing.F) {
	for _, seed := range []string{"", "203.0.113.9", "10.0.0.1", "[::1]:80, x", ",,", "127.0.0.1%a", "::ffff:10.0.0.1", "\"", strings.Repeat("10.0.0.1,", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.RemoteAddr = "10.0.0.1:1234"
		for _, forwarded := range [][]string{{sent + ", 198.51.100.7"}, {sent, "198.51.100.7"}, {sent + ",198.51.100.7,10.0.0.2"}} {
			r.Header["X-Forwarded-For"] = forwarded
			if got := trusted.client(r).String(); got != "198.51.100.7" {
				t.Errorf("%q: %s", forwarded, got)
			}
		}
		r.Header["X-Forwarded-For"] = []string{sent}
		if !trusted.client(r).IsValid() {
			t.Errorf("%q: no address", sent)
		}
		r.RemoteAddr = "192.0.2.1:1234"
		if got := trusted.client(r).String(); got != "192.0.2.1" {
			t.Errorf("%q from a stranger: %s", sent, got)
		}
	})
}
