package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/store"
)

// substitutions are the rules by which a request is to us what another one is to
// Express.
func substitutions() ruleset {
	return ruleset{
		{
			name:       "proxies",
			row:        "with `proxy: true`, believes `X-Forwarded-Proto` from anybody",
			substitute: trustedProxies,
		},
		{
			name:       "path segments",
			row:        "matches the path by prefix: `/admin` is also `/administrator`",
			substitute: pathSegments,
		},
		{
			name:       "OPTIONS *",
			row:        "has no session for `OPTIONS *`",
			substitute: optionsOfSite,
		},
		{
			name:       "cookie function",
			row:        "asks a `cookie` function twice for a new session, and does not resolve its `secure: 'auto'`",
			substitute: func(_ *instance, v *variant) { v.Options.CookieFunc = false },
			predict: func(p *prediction) {
				if p.c.Options.CookieFunc {
					p.Asked = 1
				}
			},
		},
		{
			name: "sameSite auto",
			row:  "has `sameSite: 'auto'`",
			predict: func(p *prediction) {
				if p.c.Options.Cookie.SameSite == "auto" {
					p.Asked = 1
				}
			},
		},
		{
			name:       "ids",
			row:        "accepts any id that is signed",
			substitute: validIDs,
		},
		{
			name:       "an id that genid repeats",
			row:        "takes the session for a loaded one if `genid` returns the id of the cookie",
			substitute: repeatedID,
			predict:    getRepeatedID,
		},
		{
			name:       "expired records",
			row:        "leaves expiry to the store, some of which return what has expired",
			substitute: func(_ *instance, v *variant) { v.Options.Lenient = false },
		},
		{
			name:       "bad records",
			row:        "answers 500 as long as there is a record without a usable `cookie` member",
			substitute: func(c *instance, v *variant) { v.hide(c, "corrupt", "nocookie", "number", "text") },
		},
		{
			name:       "cookie member that is an array",
			row:        "A cookie member that is an array: Express reads it as settings without content.",
			substitute: func(c *instance, v *variant) { v.hide(c, "array") },
		},
		{
			name:       "expires that is false",
			row:        "A cookie member with `expires: false`: Express sends the cookie again when the",
			substitute: func(c *instance, v *variant) { v.maskAs(c, mask{`"expires":false`, `"expires":null`}) },
		},
		{
			name:       "names of methods",
			row:        "drops keys named like its methods or those of any object (`id`, `save`, `toString`)",
			substitute: func(c *instance, v *variant) { v.mask(c, `"save":`, `"id":`, `"toString":`) },
		},
		{
			name: "bytes",
			row:  "rewrites all of the record, as `JSON.parse` and `JSON.stringify` leave it",
			substitute: func(c *instance, v *variant) {
				v.mask(c, oddValues...)
				v.maskAs(c, mask{`"cookie":{}`, `"cookie":{"httpOnly":true,"path":"/"}`}) // the defaults, which Express fills in
			},
		},
		{
			name:       "unset",
			row:        "has `unset: 'destroy'`, which also destroys a session that could not be loaded",
			substitute: unsetDestroys,
		},
		{
			name:       "discard is for the end",
			row:        "| `req.session = null` | `Discard`; a later `Save` still stores |",
			substitute: discardLast,
		},
		{
			name:       "reload takes regenerate back",
			row:        "`regenerate` removes the old record at once, and gives a new id even if that fails",
			substitute: reloadTakesBack,
		},
		{
			name:       "no lifetime",
			row:        "`maxAge: 0` ends the session at once",
			substitute: noLifetime,
		},
	}
}

// oddValues are JSON that JSON.stringify would not write.
var oddValues = []string{`"x":1e2`, `"x":9007199254740993`, `"x":"\u00e9"`, `"x":{"b":1, "a":{"x":1,"x":2}}`, `"x":"\ud800"`, `"x":-0`}

func trustedProxies(_ *instance, v *variant) {
	if v.Request.Outside && v.Options.Proxy {
		v.Request.Proto = ""
	}
}

func pathSegments(_ *instance, v *variant) {
	cookiePath := v.Options.Cookie.Path
	rest, ok := strings.CutPrefix(v.Request.Path, cookiePath)
	if ok && cookiePath != "" && !strings.HasSuffix(cookiePath, "/") && rest != "" && rest[0] != '/' && rest[0] != '?' {
		v.Request.Path = "/elsewhere"
	}
}

func optionsOfSite(_ *instance, v *variant) {
	if v.Request.Path == "*" && (v.Options.Cookie.Path == "" || v.Options.Cookie.Path == "/") {
		v.Request.Path = "/"
	}
}

func validIDs(c *instance, v *variant) {
	name := v.Options.Name
	if name == "" {
		name = "connect.sid"
	}
	raw, _ := cookie.Find([]string{v.Request.Cookie}, name)
	signer, err := cookie.NewSigner(v.Options.Secrets...)
	if err != nil {
		panic(err)
	}
	if id, ok := signer.VerifyCookieValue(raw); ok && store.CheckID(id) != nil {
		v.Request.Cookie = ""
	}
}

func repeatedID(c *instance, v *variant) {
	if id := v.Options.ID; id != "" && !slices.ContainsFunc(c.Records, func(r record) bool { return r.ID == id }) &&
		strings.Contains(v.Request.Cookie, "s%3A"+id+".") {
		v.Request.Cookie = ""
	}
}

func getRepeatedID(p *prediction) {
	if p.v.Options.ID != "" && p.v.Request.Cookie == "" && p.main.Sent != "" {
		p.Ops = slices.Insert(p.Ops, 0, op{Do: "get", ID: p.v.Options.ID, At: -1})
	}
}

// hide has Express not find those of the records.
func (v *variant) hide(c *instance, ids ...string) {
	for _, r := range c.Records {
		if slices.Contains(ids, r.ID) {
			v.Hide = append(v.Hide, r.ID)
		}
	}
}

// mask has Express find a text of ordinary kind in place of each of those in the
// records.
func (v *variant) mask(c *instance, texts ...string) {
	for i, text := range texts {
		as := fmt.Sprintf(`"masked %d":`, i)
		if before, value, _ := strings.Cut(text, ":"); value != "" {
			as = fmt.Sprintf(`%s:"masked %d"`, before, i)
		}
		v.maskAs(c, mask{text, as})
	}
}

func (v *variant) maskAs(c *instance, m mask) {
	if slices.ContainsFunc(c.Records, func(r record) bool { return strings.Contains(r.Data, m.Is) }) {
		v.Masks = append(v.Masks, m)
	}
}

// unmask undoes mask in what is stored.
func (p *prediction) unmask() {
	for i, o := range p.Ops {
		for _, m := range p.v.Masks {
			if !p.had(o.ID) {
				continue
			}
			p.Ops[i].Data = strings.ReplaceAll(p.Ops[i].Data, m.As, m.Is)
		}
	}
}

func unsetDestroys(_ *instance, v *variant) {
	if v.Options.Unset != "destroy" {
		return
	}
	v.Options.Unset = ""
	for i, a := range v.Request.Actions {
		if a.Do == "discard" {
			v.Request.Actions[i].Do = "destroy"
		}
	}
}

// discardLast: what is done after a discard has no effect, unless it is a save
// or a destroy, which takes the discard back.
func discardLast(_ *instance, v *variant) {
	actions := v.Request.Actions
	i := slices.IndexFunc(actions, func(a action) bool { return a.Do == "discard" })
	if i < 0 {
		return
	}
	rest := slices.DeleteFunc(slices.Clone(actions), func(a action) bool { return a.Do == "discard" })
	if !slices.ContainsFunc(actions[i:], func(a action) bool { return a.Do == "save" || a.Do == "destroy" }) {
		rest = append(rest, action{Do: "discard"})
	}
	v.Request.Actions = rest
}

func noLifetime(_ *instance, v *variant) {
	if m := v.Options.Cookie.MaxAge; m != nil && *m == 0 {
		v.Options.Cookie.MaxAge = nil
	}
	for i, a := range v.Request.Actions {
		if a.Do == "maxAge" && a.MS != nil && *a.MS == 0 {
			v.Request.Actions[i].MS = nil
		}
	}
}

// reloadTakesBack: what has not been stored is dropped, a regenerate too.
func reloadTakesBack(_ *instance, v *variant) {
	actions := v.Request.Actions
	for {
		reload := slices.IndexFunc(actions, func(a action) bool { return a.Do == "reload" })
		if reload < 0 {
			break
		}
		// Up to here all is as it should be.
		regenerate := -1
		for i, a := range actions[:reload] {
			switch {
			case a.Do == "save", a.Do == "destroy":
				regenerate = -1
			case a.Do == "regenerate" && regenerate < 0:
				regenerate = i
			}
		}
		actions[reload].Do = "reload!"
		for i := regenerate; i >= 0 && i < reload; i++ {
			if a := actions[i].Do; a != "other" && a != "logout" && a != "reload!" {
				actions[i].Do = "noop"
			}
		}
	}
	for i, a := range actions {
		actions[i].Do = map[bool]string{true: "reload", false: a.Do}[a.Do == "reload!"]
	}
}
