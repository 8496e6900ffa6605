package conformance

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// failing are the rules about errors.
func failing() ruleset {
	return ruleset{
		{
			name:    "reload of nothing",
			row:     "lets `reload()` fail where nothing is stored, and sends what the handler wrote",
			predict: reloadOfNothing,
		},
		{
			name:    "refused settings",
			row:     "sends `SameSite=None` and `Partitioned` without `Secure`, `__Host-` with a `Domain`",
			predict: refusedSettings,
		},
		{
			name:    "secure over HTTP",
			row:     "with `secure: true` over HTTP, stores a record for each request and sends no cookie",
			predict: secureOverHTTP,
		},
		{
			name:    "secure is not taken back",
			row:     "`regenerate` over HTTP with `secure: 'auto'` replaces a session from HTTPS by one whose cookie has no `Secure`",
			predict: secureStays,
		},
	}
}

// sending are the rules about cookies and headers.
func sending() ruleset {
	return ruleset{
		{
			name:    "save sends the cookie of a new session",
			row:     "stores an untouched new session on `save()`, and sends no cookie",
			predict: saveNewSends,
		},
		{
			name:    "save sends the cookie",
			row:     "after `save()` of an unchanged session with a `maxAge`, sends no cookie",
			predict: saveSends,
		},
		{
			name:    "discard after save",
			row:     "sends no cookie for a session that it has saved before `req.session = null`",
			predict: discardAfterSave,
		},
		{
			name:    "a touch does not shorten",
			row:     "Go's touch never shortens.",
			predict: touchNeverShortens,
		},
		{
			name:    "destroy clears the cookie",
			row:     "leaves the cookie after `destroy`",
			predict: destroyClears,
		},
	}
}

// caching are the rules about the other headers.
func caching() ruleset {
	return ruleset{
		{
			name:    "caching",
			row:     "adds no caching headers",
			predict: private,
		},
	}
}

func reloadOfNothing(p *prediction) {
	failed := false
	for i := range p.v.Request.Actions {
		if p.does(i, "reload") && i < len(p.tr.Acts) && p.settingsAt(i) != "" {
			failed = p.tr.Acts[i].Error != ""
		}
		failed = failed && !p.does(i, "destroy")
	}
	p.Ops = deleteFunc(p.Ops, func(i int, o op) bool {
		return failed && o.At == p.end() || o.Do == "get" && o.At >= 0 && !p.known(o.ID, i)
	})
	if failed {
		p.fail(http.StatusServiceUnavailable)
	}
}

// refusedSettings has no browser get what it would refuse.
func refusedSettings(p *prediction) {
	for i, a := range p.v.Request.Actions {
		s := p.settingsAt(i + 1)
		if !isSetting(a.Do) || strings.Contains(s, `"secure":true`) ||
			!strings.Contains(s, `"partitioned":true`) && !strings.Contains(s, `"sameSite":"none"`) {
			continue
		}
		p.Ops = deleteFunc(p.Ops, func(_ int, o op) bool {
			return o.At > i && o.Do != "get" && o.Do != "other" && o.Do != "logout" && !(o.At < p.end() && p.does(o.At, "destroy"))
		})
		if p.end() == 0 || !p.does(p.end()-1, "destroy") {
			p.fail(http.StatusInternalServerError)
		}
		return
	}
}

func isSetting(do string) bool {
	switch do {
	case "maxAge", "expires", "path", "domain", "httpOnly", "secure", "sameSite", "partitioned", "priority":
		return true
	}
	return false
}

// secureOverHTTP stores nothing whose cookie could not be sent.
func secureOverHTTP(p *prediction) {
	if p.https() {
		return
	}
	for i, o := range p.Ops {
		if o.Do != "create" || p.had(o.ID) || !strings.Contains(o.Data, `"secure":true`) {
			continue
		}
		p.Ops = p.Ops[:i]
		p.fail(http.StatusInternalServerError)
		return
	}
}

// secureStays has no session that began over HTTPS go on without.
func secureStays(p *prediction) {
	if p.https() || p.c.Options.Cookie.Secure != "auto" || !p.loaded() || !strings.Contains(p.tr.Acts[0].Settings, `"secure":true`) {
		return
	}
	if i := slices.IndexFunc(p.Ops, func(o op) bool { return o.Do == "create" }); i >= 0 {
		p.Ops = p.Ops[:i]
		p.fail(http.StatusInternalServerError)
	}
}

func saveNewSends(p *prediction) {
	if len(p.SetCookie) == 0 && p.Status == http.StatusOK && p.tr.Left != nil && p.lastAction("save") >= 0 && !p.loaded() {
		p.send()
	}
}

// saveSends sends the cookie of a session with a lifetime whenever it was stored.
func saveSends(p *prediction) {
	if len(p.SetCookie) > 0 || p.Status != http.StatusOK || p.tr.Left == nil {
		return
	}
	for i := range p.v.Request.Actions {
		if s := p.tr.Acts[i].Saved; s != nil && s.ID == p.tr.Left.ID && s.lasts() {
			p.send()
		}
	}
}

func discardAfterSave(p *prediction) {
	if p.Status != http.StatusOK || p.end() == 0 || !p.does(p.end()-1, "discard") {
		return
	}
	for i := range p.v.Request.Actions {
		s := p.tr.Acts[i].Saved
		if _, changed := p.settingsChanged(); s != nil && (!p.loaded() || s.ID != p.tr.Start.ID || changed ||
			p.v.Options.Rolling || s.lasts()) {
			p.sendState(s)
		}
	}
}

func destroyClears(p *prediction) {
	for i := range p.v.Request.Actions {
		if p.does(i, "destroy") && p.settingsAt(i) != "" {
			p.clear = p.tr.Start.Clear
		}
	}
	if p.clear != "" && p.last && p.brought() && p.Status == http.StatusOK && (p.tr.Left == nil || !p.known(p.tr.Left.ID, len(p.Ops))) {
		p.SetCookie = []string{p.clear}
	}
}

func private(p *prediction) {
	if p.Status == http.StatusOK && len(p.SetCookie) > 0 {
		p.CacheControl, p.Vary = "private", "Cookie"
	}
}

// touchNeverShortens drops a touch that would, and tells the browser.
func touchNeverShortens(p *prediction) {
	p.Ops = deleteFunc(p.Ops, func(i int, o op) bool {
		heard := deleteFunc(p.Ops[:i], func(_ int, o op) bool { return o.Do == "logout" }) // of which we do not know
		now := replay(p.before, heard, p.now)
		at := slices.IndexFunc(now, func(r record) bool { return r.ID == o.ID })
		if o.Do != "touch" || at < 0 || now[at].Expires <= o.Expires {
			return false
		}
		for i, c := range p.SetCookie {
			if before, after, ok := strings.Cut(c, "; Expires="); ok {
				_, after, _ = strings.Cut(after, " GMT")
				p.SetCookie[i] = before + "; Expires=" + time.UnixMilli(now[at].Expires).UTC().Format(http.TimeFormat) + after
			}
		}
		return !p.v.Options.Rolling && p.lastAction("save") < 0 && p.lastAction("touch") < 0 // or it has to find out whether the session is there
	})
}
