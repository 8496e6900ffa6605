package border

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

const site = "https://shop.example"

// findChromium returns the browser's command. Where the tests have to run, as in
// continuous integration, not having one is a failure.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("SOJOURN_TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("there is no Chromium here")
	}
	t.Skip("there is no Chromium here; SOJOURN_TEST_CHROMIUM names one")
	return ""
}

// launch starts a Chromium for which shop.example is nginx, and ends it with the
// test.
func launch(t *testing.T, n *nginx) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(findChromium(t)),
		chromedp.NoSandbox, // or it does not start as root, as in most containers
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("ignore-certificate-errors-spki-list", n.cert.spki),
		chromedp.Flag("host-resolver-rules", fmt.Sprintf("MAP shop.example:80 127.0.0.1:%d, MAP shop.example:443 127.0.0.1:%d", n.http, n.https)),
	)
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	check(t, chromedp.Do(ctx))
	return ctx
}

// browser is a Chromium profile with one tab.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// newBrowser returns another profile of a Chromium that was launched.
func newBrowser(t *testing.T, chromium context.Context) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	check(t, chromedp.Do(ctx)) // the first Run owns the tab, so it may have no deadline
	return &browser{t: t, ctx: ctx}
}

// do runs steps.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v; the page is %s: %s", err, b.url(), b.text())
	}
}

// open goes to a page of the site by its path.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(site + path))
}

// submit fills in fields of the page, given as pairs of id and text, and presses
// a button, which leads to another page.
func (b *browser) submit(button string, fields ...string) {
	b.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		field := chromedp.CSS("#" + fields[i])
		b.do(chromedp.Clear(field), chromedp.SendKeys(field, fields[i+1]))
	}
	b.click(`//button[normalize-space()="` + button + `"]`)
}

// click clicks what an XPath leads to, and waits for the page that comes.
func (b *browser) click(xpath string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(xpath)); err != nil {
		b.t.Fatalf("clicking %s: %v; the page is %s: %s", xpath, err, b.url(), b.text())
	}
}

func (b *browser) url() string {
	url, _ := chromedp.Run(b.ctx, chromedp.Location())
	return url
}

// text returns what can be read on the page.
func (b *browser) text() string {
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return text
}

// at checks on which page the browser is, which side has served it, and what can
// be read there.
func (b *browser) at(path, side string, texts ...string) {
	b.t.Helper()
	text := b.text()
	if got := b.url(); got != site+path {
		b.t.Fatalf("the page is %s, want %s: %s", got, path, text)
	}
	for _, want := range append(texts, "Served by "+side+".") {
		if !strings.Contains(text, want) {
			b.t.Fatalf("%s does not say %q: %s", path, want, text)
		}
	}
}

// visit opens a page and checks it as at does.
func (b *browser) visit(path, side string, texts ...string) {
	b.t.Helper()
	b.open(path)
	b.at(path, side, texts...)
}

// turnedAway checks that a page wants somebody to log in, on a certain side.
func (b *browser) turnedAway(path, side string) {
	b.t.Helper()
	b.open(path)
	b.at("/login", side, "Nobody is logged in.")
}

// session returns the session cookie, nil if there is none.
func (b *browser) session() (cookie *network.Cookie) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		result, err := cdp.Call(ctx, tab, network.GetCookies, network.GetCookiesParams{URLs: []string{site}})
		for _, c := range result.Cookies {
			if c.Name == "connect.sid" {
				cookie = c
			}
		}
		return err
	}))
	return cookie
}

// picture keeps what the browser shows, if SOJOURN_TEST_PICTURES names a folder.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("SOJOURN_TEST_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	check(b.t, err)
	check(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}
