package main

import (
	"net/netip"
	"testing"
)

func TestTrustProxies(t *testing.T) {
	t.Parallel()
	for list, want := range map[string][]string{
		"":                        nil,
		"loopback":                {"127.0.0.0/8", "::1/128"},
		"10.1.2.3":                {"10.1.2.3/32"},
		" 10.1.2.3/8 , loopback ": {"10.0.0.0/8", "127.0.0.0/8", "::1/128"},
		"2001:db8::1,fd00::/8":    {"2001:db8::1/128", "fd00::/8"},
	} {
		var c config
		if err := c.setTrustProxies(list); err != nil {
			t.Errorf("%q: %v", list, err)
		}
		if len(c.trustProxies) != len(want) {
			t.Errorf("%q: %v", list, c.trustProxies)
			continue
		}
		for i, prefix := range want {
			if c.trustProxies[i] != netip.MustParsePrefix(prefix) {
				t.Errorf("%q: %v", list, c.trustProxies)
			}
		}
	}
}

func FuzzTrustProxies(f *testing.F) {
	for _, list := range []string{"loopback", "10.0.0.0/8,::1", "10.0.0.0/33", "fe80::1%eth0", "fe80::1%eth0/64", ",", "::ffff:10.0.0.1/104"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		var c config
		if c.setTrustProxies(list) != nil {
			return
		}
		for _, p := range c.trustProxies {
			if !p.IsValid() || p != p.Masked() {
				t.Errorf("%q: %v", list, p)
			}
		}
	})
}
