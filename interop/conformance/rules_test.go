package conformance

import (
	"maps"
	"slices"
	"strings"

	"github.com/sojourn-dev/sojourn/cookie"
)

// rule is an intended difference: it turns what Express does into what we do.
type rule struct {
	name string
	row  string // what docs/express.md says of it
	used int

	// substitute changes a request into the one to which Express does what we do
	// to the given one.
	substitute func(c *instance, v *variant)
	// predict changes what Express did into what we do.
	predict func(p *prediction)
}

// ruleset is all rules, in the order in which they are applied.
type ruleset []*rule

// substitute fills in what else Express is asked about a request.
func (rules ruleset) substitute(c *instance, r *request) {
	v := variant{Options: c.Options, Request: r.exchange}
	r.rules, r.Instead, r.Tails, r.Merged, r.Prefix = nil, nil, nil, nil, nil
	for _, rule := range rules {
		if rule.substitute == nil {
			continue
		}
		before := v
		v.Request.Actions = slices.Clone(v.Request.Actions)
		rule.substitute(c, &v)
		if !v.equals(&before) {
			r.rules = append(r.rules, rule)
		}
	}
	if parts := split(v.Request.Actions); len(parts) > 1 {
		v.Request.Actions = parts[0]
		tail := v.Options
		tail.SaveUninitialized = false
		for _, part := range parts[1:] {
			e := v.Request
			e.Cookie, e.Jar, e.Actions = "", false, part
			r.Tails = append(r.Tails, variant{Options: tail, Request: e})
		}
	}
	if merged := v; slices.ContainsFunc(v.Request.Actions, func(a action) bool { return a.Do == "other" }) {
		merged.Request.Actions = slices.Clone(v.Request.Actions)
		for i, a := range merged.Request.Actions {
			switch a.Do {
			case "other":
				merged.Others++
				merged.Request.Actions[i].Do = "noop"
			case "reorder": // a key that is set again stays in its place there
				merged.Request.Actions[i].Do = "noop"
			}
		}
		r.Merged = &merged
	}
	if i := slices.IndexFunc(v.Request.Actions, func(a action) bool { return a.Do == "flush" }); i >= 0 {
		prefix := v
		prefix.Request.Actions = v.Request.Actions[:i]
		r.Prefix = &prefix
	}
	if !v.equals(&variant{Options: c.Options, Request: r.exchange}) {
		r.Instead = &v
	}
}

// equals compares what rules change.
func (v *variant) equals(w *variant) bool {
	a, b := v.Options, w.Options
	return a.CookieFunc == b.CookieFunc && a.Lenient == b.Lenient && a.Unset == b.Unset && a.Cookie == b.Cookie &&
		v.Request.Proto == w.Request.Proto && v.Request.Path == w.Request.Path && v.Request.Cookie == w.Request.Cookie &&
		slices.Equal(v.Request.Actions, w.Request.Actions) && slices.Equal(v.Hide, w.Hide) && slices.Equal(v.Masks, w.Masks)
}

// split cuts actions after each destroy. To us what follows is done to a new
// session.
func split(actions []action) (parts [][]action) {
	for {
		i := slices.IndexFunc(actions, func(a action) bool { return a.Do == "destroy" })
		if i < 0 || i == len(actions)-1 {
			return append(parts, actions)
		}
		parts = append(parts, actions[:i+1])
		actions = actions[i+1:]
	}
}

// prediction is what we are expected to do with a request, or with a part of it
// that ends with a destroy.
type prediction struct {
	outcome
	c      *instance
	v      *variant // what Express was asked
	tr     *trace   // and what it did
	main   *trace   // what it did without any rule
	before []record
	prefix *prediction // had the handler ended before the header was sent
	late   string      // what it did afterwards
	merged *prediction // had the other requests of the actions come before
	now    int64
	sent   string // the Cookie header
	clear  string // what ends the cookie of the session that was destroyed last
	last   bool   // nothing follows
}

// predict returns what we are expected to do.
func (rules ruleset) predict(c *instance, r *request, st *step, before []record) outcome {
	v, tr := r.Instead, st.Instead
	if v == nil {
		v, tr = &variant{Options: c.Options, Request: r.exchange}, &st.Main
	}
	for _, rule := range r.rules {
		if !tr.equals(&st.Main.outcome) {
			rule.used++
		}
	}
	p := &prediction{c: c, v: v, tr: tr, main: &st.Main, before: before, now: st.Now, sent: st.Main.Sent}
	p.last = len(st.Tails) == 0
	if r.Merged != nil {
		p.merged = &prediction{c: c, v: r.Merged, tr: st.Merged, main: st.Merged, before: before, now: st.Now, sent: p.sent}
		rules.apply(p.merged)
	}
	if r.Prefix != nil {
		p.prefix = &prediction{c: c, v: r.Prefix, tr: st.Prefix, main: st.Prefix, before: before, now: st.Now, sent: p.sent, last: true}
		rules.apply(p.prefix)
	}
	rules.apply(p)
	for i := range st.Tails {
		rest := &prediction{c: c, v: &r.Tails[i], tr: &st.Tails[i], main: &st.Tails[i], before: before, now: st.Now, sent: p.sent, clear: p.clear}
		rest.last = i == len(st.Tails)-1
		rules.apply(rest)
		rest.Ops = append(p.Ops, rest.Ops...)
		rest.Asked = p.Asked
		p = rest
	}
	p.Records = replay(before, p.Ops, st.Now)
	return p.outcome
}

func (rules ruleset) apply(p *prediction) {
	p.outcome = p.tr.outcome
	p.Ops = slices.Clone(p.Ops)
	for _, rule := range rules {
		if rule.predict == nil {
			continue
		}
		before := p.outcome
		before.Ops, before.SetCookie = slices.Clone(p.Ops), slices.Clone(p.SetCookie)
		rule.predict(p)
		if !p.equals(&before) {
			rule.used++
		}
	}
	p.unmask()
}

// equals reports whether two outcomes are equal but for the records.
func (o *outcome) equals(p *outcome) bool {
	return o.Status == p.Status && slices.Equal(o.SetCookie, p.SetCookie) && o.CacheControl == p.CacheControl && o.Vary == p.Vary &&
		o.Asked == p.Asked && slices.Equal(o.Ops, p.Ops)
}

// replay returns the records that are there after some calls of the store.
func replay(before []record, ops []op, now int64) []record {
	records := map[string]record{}
	for _, r := range before {
		records[r.ID] = r
	}
	for _, o := range ops {
		r, there := records[o.ID]
		switch {
		case o.Failed || o.void:
		case o.Do == "create", o.Do == "save" && there:
			records[o.ID] = record{o.ID, o.Data, o.Expires}
		case o.Do == "touch" && there:
			records[o.ID] = record{o.ID, r.Data, max(r.Expires, o.Expires)}
		case o.Do == "other" && there:
			records[o.ID] = record{o.ID, othersData(r.Data), r.Expires}
		case o.Do == "delete", o.Do == "logout":
			delete(records, o.ID)
		}
	}
	after := slices.SortedFunc(maps.Values(records), func(a, b record) int { return strings.Compare(a.ID, b.ID) })
	return live(after, now)
}

// live returns the records that have not expired.
func live(records []record, now int64) []record {
	return slices.DeleteFunc(slices.Clone(records), func(r record) bool { return r.Expires <= now })
}

// loaded reports whether Express found the session of the request.
func (p *prediction) loaded() bool { return p.tr.Start != nil && p.had(p.tr.Start.ID) }

// had reports whether the store had a record before the request.
func (p *prediction) had(id string) bool {
	return slices.ContainsFunc(p.before, func(r record) bool { return r.ID == id })
}

// known reports whether the session of id had a record, as far as the request
// knows, before the call of the store at i.
func (p *prediction) known(id string, i int) bool {
	return p.loaded() && id == p.tr.Start.ID ||
		slices.ContainsFunc(p.Ops[:i], func(o op) bool { return o.ID == id && (o.Do == "create" || o.Do == "save") && !o.Failed })
}

// end is the At of what is done after the last action.
func (p *prediction) end() int { return len(p.v.Request.Actions) }

// does reports whether an action is called so.
func (p *prediction) does(i int, do string) bool { return p.v.Request.Actions[i].Do == do }

// any reports whether one of the actions from an index on is called so.
func (p *prediction) any(from int, do ...string) bool {
	return slices.ContainsFunc(p.v.Request.Actions[from:], func(a action) bool { return slices.Contains(do, a.Do) })
}

// brought reports whether the request has a cookie of the session's name.
func (p *prediction) brought() bool {
	_, ok := cookie.Find([]string{p.sent}, p.name())
	return ok
}

func (p *prediction) name() string {
	if p.v.Options.Name != "" {
		return p.v.Options.Name
	}
	return "connect.sid"
}

// https reports whether the request came over HTTPS, as Express sees it.
func (p *prediction) https() bool {
	first, _, _ := strings.Cut(p.v.Request.Proto, ",")
	return p.v.Request.HTTPS || p.v.Options.Proxy && strings.EqualFold(strings.TrimSpace(first), "https")
}

// lasts reports whether a session has a lifetime of its own.
func (s *state) lasts() bool {
	return !strings.Contains(s.Settings, `"originalMaxAge":null`) && strings.Contains(s.Settings, `"originalMaxAge":`)
}
