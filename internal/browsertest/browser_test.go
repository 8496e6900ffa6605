package browsertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// patience is how long one step in a browser may take.
const patience = 30 * time.Second

// browser is a Chromium profile with one tab.
type browser struct {
	t    *testing.T
	site *site
	ctx  context.Context
}

// newBrowser returns another profile of a Chromium that was launched.
func newBrowser(t *testing.T, s *site, chromium context.Context) *browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &browser{t: t, site: s, ctx: ctx}
	check(t, chromedp.Do(ctx)) // the first Run owns the tab, so it may have no deadline
	return b
}

// do runs steps.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v; the page is %s: %s", err, b.path(), b.text())
	}
}

// open goes to a page by its path.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.site.base + path))
}

// submit fills in fields of the page's form, given as pairs of id and text, and
// sends it, which leads to another page.
func (b *browser) submit(button string, fields ...string) {
	b.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		field := chromedp.CSS("#" + fields[i])
		b.do(chromedp.Clear(field), chromedp.SendKeys(field, fields[i+1]))
	}
	b.click(`//main//button[normalize-space()="` + button + `"]`)
}

// click clicks what an XPath leads to, and waits for the page that comes.
func (b *browser) click(xpath string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(xpath)); err != nil {
		b.t.Fatalf("clicking %s: %v; the page is %s: %s", xpath, err, b.path(), b.text())
	}
}

func (b *browser) path() string {
	url, _ := chromedp.Run(b.ctx, chromedp.Location())
	return strings.TrimPrefix(url, b.site.base)
}

// text returns what can be read on the page.
func (b *browser) text() string {
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return text
}

// at checks on which page the browser is, and what can be read there.
func (b *browser) at(path string, texts ...string) {
	b.t.Helper()
	if got := b.path(); got != path {
		b.t.Fatalf("the page is %s, want %s: %s", got, path, b.text())
	}
	for _, text := range texts {
		if got := b.text(); !strings.Contains(got, text) {
			b.t.Errorf("%s does not say %q: %s", path, text, got)
		}
	}
}

// cookies returns the jar, by name.
func (b *browser) cookies() map[string]*network.Cookie {
	b.t.Helper()
	jar := map[string]*network.Cookie{}
	b.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		result, err := cdp.Call(ctx, tab, network.GetCookies, network.GetCookiesParams{URLs: []string{b.site.base}})
		for _, c := range result.Cookies {
			jar[c.Name] = c
		}
		return err
	}))
	return jar
}

// session returns the session cookie, nil if there is none.
func (b *browser) session() *network.Cookie {
	b.t.Helper()
	for name, c := range b.cookies() {
		if strings.HasSuffix(name, "connect.sid") {
			return c
		}
	}
	return nil
}

// register makes an account and ends up logged in.
func (b *browser) register(name, password string) {
	b.t.Helper()
	b.open("/register")
	b.submit("Register", "username", name, "password", password)
	b.at("/", "Hello, "+name+"!")
}

// login logs in and ends up at home.
func (b *browser) login(name, password string, remember bool) {
	b.t.Helper()
	b.open("/login")
	if remember {
		b.do(chromedp.Click(chromedp.CSS(`input[name="remember"]`)))
	}
	b.submit("Log in", "username", name, "password", password)
	b.at("/", "Hello, "+name+"!")
}

// logout presses the button that is on every page.
func (b *browser) logout() {
	b.t.Helper()
	b.click(`//header//button[normalize-space()="Log out"]`)
	b.at("/login")
}

// html returns the page's source as it is now.
func (b *browser) html() string {
	html, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.documentElement.outerHTML`))
	return html
}

// setCookie returns a step that has a site set a cookie.
func setCookie(url, name, value string) func(context.Context, *chromedp.Target) error {
	return func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, network.SetCookie, network.SetCookieParams{URL: url, Name: name, Value: value})
		return err
	}
}
