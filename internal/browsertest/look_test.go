package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestLook takes pictures of every page, wide and narrow, in light and dark, if
// SOJOURN_TEST_PICTURES names a folder for them. Whether they are beautiful
// nobody but people can tell; that each is there and fits the narrow window is
// checked.
func TestLook(t *testing.T) {
	t.Parallel()
	s := serve(t, true)
	chromium := launch(t, s)
	b, phone := newBrowser(t, s, chromium), newBrowser(t, s, chromium)
	b.register("Ada", password)
	phone.do(chromedp.Func(callItself(iPhone)))
	phone.login("Ada", password, true)
	visitor := newBrowser(t, s, chromium)
	pages := []struct {
		name string
		b    *browser
		open func(b *browser)
	}{
		{"login", visitor, func(b *browser) { b.open("/login") }},
		{"login-error", visitor, func(b *browser) {
			b.open("/login")
			b.submit("Log in", "username", "Ada", "password", "wrong horse")
		}},
		{"register", visitor, func(b *browser) { b.open("/register") }},
		{"register-error", visitor, func(b *browser) {
			b.open("/register")
			b.submit("Register", "username", "Ada", "password", "password123")
		}},
		{"home", b, func(b *browser) { b.open("/") }},
		{"dashboard", b, func(b *browser) { b.open("/dashboard") }},
		{"sessions", b, func(b *browser) { b.open("/sessions") }},
		{"password", b, func(b *browser) { b.open("/password") }},
		{"password-error", b, func(b *browser) {
			b.open("/password")
			b.submit("Change password", "current", "wrong horse", "password", "eight blue bottles")
		}},
		{"logout", b, func(b *browser) { b.open("/logout") }},
		{"not-found", b, func(b *browser) { b.open("/nothing") }},
	}
	for _, page := range pages {
		page.open(page.b)
		for _, size := range []struct {
			name          string
			width, height int64
		}{{"wide", 1100, 700}, {"narrow", 360, 700}} {
			for _, scheme := range []string{"light", "dark"} {
				page.b.do(chromedp.EmulateViewport(size.width, size.height), chromedp.Func(preferScheme(scheme)))
				page.b.fits(page.name + " " + size.name)
				page.b.picture(page.name + "-" + size.name + "-" + scheme)
			}
		}
	}
}

const iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"

func callItself(userAgent string) func(context.Context, *chromedp.Target) error {
	return func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: userAgent})
		return err
	}
}

func preferScheme(scheme string) func(context.Context, *chromedp.Target) error {
	return func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}
}

// fits checks that nothing has to be scrolled sideways.
func (b *browser) fits(name string) {
	b.t.Helper()
	over, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`))
	if err != nil || over > 0 {
		b.t.Errorf("%s is %d pixels too wide, %v", name, over, err)
	}
}

// picture keeps what the browser shows, if somebody wants it.
func (b *browser) picture(name string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil || len(png) == 0 {
		b.t.Fatalf("no picture of %s: %v", name, err)
	}
	if dir := os.Getenv("SOJOURN_TEST_PICTURES"); dir != "" {
		check(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
	}
}
