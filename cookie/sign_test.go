package cookie_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/cookie"
)

func signer(t testing.TB, secrets ...string) *cookie.Signer {
	t.Helper()
	s, err := cookie.NewSigner(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The cookies that express-session 1.19.0 makes of these ids.
func TestCookieValueOfNode(t *testing.T) {
	t.Parallel()
	binary := make([]byte, 32)
	for i := range binary {
		binary[i] = byte(i)
	}
	for _, tt := range []struct{ secret, value, want string }{
		{"keyboard cat", "apple", "s%3Aapple.D8Y%2BpkTAmeR0PobOhY4G97PRW%2Bj7bUnP%2F5m6%2FOn1MCU"},
		{"keyboard cat", "%", "s%3A%25.kzQ6x52kKVdF35Qh62AWk4ZekS28K5XYCXKa%2FOTZ01g"},
		{"keyboard cat", "/foo", "s%3A%2Ffoo.paEKBtAHbV5s1IB8B2zPnzAgYmmnRPIqObW4VRYj%2FMQ"},
		{string(binary), "apple", "s%3Aapple.WYwX37lUK1ZJ678SuZkryL7p%2B0IObdCKdKJxWvnl4gc"},
	} {
		s := signer(t, tt.secret)
		got := string(s.AppendCookieValue([]byte("sid="), tt.value))
		if got != "sid="+tt.want {
			t.Errorf("signing %q: got %s, want %s", tt.value, got, tt.want)
		}
		if value, ok := s.VerifyCookieValue(tt.want); value != tt.value || !ok {
			t.Errorf("verifying %s: got %q, %v", tt.want, value, ok)
		}
		if want := strings.TrimPrefix(cookie.Decode(tt.want), "s:"); s.Sign(tt.value) != want {
			t.Errorf("Sign(%q) = %s, want %s", tt.value, s.Sign(tt.value), want)
		}
	}
}

func TestVerifyCookieValue(t *testing.T) {
	t.Parallel()
	s := signer(t, "keyboard cat")
	const apple = "s:apple.D8Y+pkTAmeR0PobOhY4G97PRW+j7bUnP/5m6/On1MCU"
	tests := []struct {
		name, raw, want string
		ok              bool
	}{
		{"not encoded", apple, "apple", true},
		{"lower-case hexadecimal", strings.ReplaceAll(apple, ":", "%3a"), "apple", true},
		{"needlessly encoded", strings.ReplaceAll(apple, "apple", "%61pple"), "apple", true},
		{"value with dots", "s:" + s.Sign("a.b.c"), "a.b.c", true},
		{"empty value", "s:" + s.Sign(""), "", true},
		{"empty", "", "", false},
		{"prefix only", "s:", "", false},
		{"without prefix", apple[2:], "", false},
		{"other prefix", "j:" + apple[2:], "", false},
		{"upper-case prefix", "S" + apple[1:], "", false},
		{"unsigned", "s:apple", "", false},
		{"empty signature", "s:apple.", "", false},
		{"padded signature", apple + "=", "", false},
		{"URL-safe signature", strings.NewReplacer("+", "-", "/", "_").Replace(apple), "", false},
		{"cut signature", apple[:len(apple)-1], "", false},
		{"other unused bits at the end", apple[:len(apple)-1] + "V", "", false},
		{"other value", strings.Replace(apple, "apple", "pear", 1), "", false},
		{"encoded twice", cookie.EncodeComponent(cookie.EncodeComponent(apple)), "", false},
		{"bad sequence at the end", apple + "%", "", false},
		{"bad sequence before", "%" + apple, "", false},
		{"very long", "s:" + strings.Repeat("a", 8192) + apple[7:], "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := s.VerifyCookieValue(tt.raw)
			if got != tt.want || ok != tt.ok {
				t.Errorf("VerifyCookieValue(%q) = %q, %v; want %q, %v", tt.raw, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestSecretsRotate(t *testing.T) {
	t.Parallel()
	old, both, young := signer(t, "old"), signer(t, "young", "older", "old"), signer(t, "young")
	raw := string(old.AppendCookieValue(nil, "a%b"))
	if v, ok := both.VerifyCookieValue(raw); v != "a%b" || !ok {
		t.Errorf("an older secret no longer verifies: %q, %v", v, ok)
	}
	if v, ok := both.Verify(old.Sign("x")); v != "x" || !ok {
		t.Errorf("an older secret no longer verifies: %q, %v", v, ok)
	}
	if _, ok := young.VerifyCookieValue(raw); ok {
		t.Error("a secret that was taken away still verifies")
	}
	if both.Sign("x") != young.Sign("x") {
		t.Error("the first secret does not sign")
	}
}

func TestNewSignerRefuses(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][]string{nil, {""}, {"a", ""}} {
		if _, err := cookie.NewSigner(secrets...); !errors.Is(err, cookie.ErrNoSecret) {
			t.Errorf("NewSigner(%q): %v", secrets, err)
		}
	}
}

func TestVerifyDoesNotAllocate(t *testing.T) {
	s := signer(t, "keyboard cat", "older")
	raw := string(s.AppendCookieValue(nil, "5cZEZHFJ2hfs3BcEFDYQCKRbUNmmOYhw"))
	buf := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := s.VerifyCookieValue(raw); !ok {
			t.Fatal("not verified")
		}
		buf = s.AppendCookieValue(buf[:0], "5cZEZHFJ2hfs3BcEFDYQCKRbUNmmOYhw")
	}); n > 0 && !raceEnabled {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestSignerConcurrently(t *testing.T) {
	t.Parallel()
	s := signer(t, "keyboard cat", "older")
	var wg sync.WaitGroup
	for _, value := range []string{"a", "bb", "ccc", "d.d"} {
		wg.Go(func() {
			for range 200 {
				if got, ok := s.VerifyCookieValue(string(s.AppendCookieValue(nil, value))); got != value || !ok {
					t.Errorf("%q came back as %q, %v", value, got, ok)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzSignature(f *testing.F) {
	s := signer(f, "keyboard cat", "older")
	for _, seed := range []string{"", "apple", "a.b", "%", "s:", "\xff", "é"} {
		f.Add(seed)
		f.Add("s:" + s.Sign(seed))
		f.Add(string(s.AppendCookieValue(nil, seed)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if value, ok := s.VerifyCookieValue(text); ok && cookie.Decode(text) != "s:"+s.Sign(value) {
			t.Fatalf("%q was accepted as %q", text, value)
		}
		if value, ok := s.Verify(text); ok && text != s.Sign(value) {
			t.Fatalf("%q was accepted as %q", text, value)
		}
		if value, ok := s.Verify(s.Sign(text)); !ok || value != text {
			t.Fatalf("%q came back as %q, %v", text, value, ok)
		}
	})
}

func BenchmarkVerifyCookieValue(b *testing.B) {
	s := signer(b, "0123456789abcdef0123456789abcdef")
	raw := string(s.AppendCookieValue(nil, "5cZEZHFJ2hfs3BcEFDYQCKRbUNmmOYhw"))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.VerifyCookieValue(raw); !ok {
			b.Fatal("not verified")
		}
	}
}
