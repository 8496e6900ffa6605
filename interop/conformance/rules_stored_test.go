package conformance

import (
	"slices"
	"strings"
)

// newRules returns all rules. Their order is that of their effect: what the
// store is called for, failures, cookies, headers.
func newRules() ruleset {
	return slices.Concat(substitutions(), storing(), failing(), sending(), overlapping(), breaking(), caching())
}

// storing are the rules about calls of the store.
func storing() ruleset {
	return ruleset{
		{
			name:    "destroy of what is not stored",
			row:     "calls the store to destroy a session that is not stored",
			predict: destroyUnstored,
		},
		{
			name:    "regenerate creates first",
			row:     "`regenerate` removes the old record at once, and gives a new id even if that fails",
			predict: regenerateCreatesFirst,
		},
		{
			name:    "regenerate and save",
			row:     "stores twice after `regenerate` and `save`",
			predict: regenerateAndSave,
		},
		{
			name:    "reload after another request",
			row:     "after `reload()` of a session that another request has changed, stores it once more",
			predict: reloadChanged,
		},
		{
			name:    "save extends",
			row:     "stores on `save()` the expiry that the session was loaded with, and extends it at the end",
			predict: saveExtends,
		},
		{
			name:    "touch after save",
			row:     "does not extend a session that the request has created, whatever it calls",
			predict: touchAfterSave,
		},
		{
			name:    "settings are a change",
			row:     "takes no notice of a change of `req.session.cookie` alone: a new session is not stored for it, a cookie not sent",
			predict: settingsAreChange,
		},
	}
}

func destroyUnstored(p *prediction) {
	p.Ops = deleteFunc(p.Ops, func(i int, o op) bool { return o.Do == "delete" && !p.known(o.ID, i) })
}

// deleteFunc is slices.DeleteFunc with the index, on a copy.
func deleteFunc(ops []op, del func(int, op) bool) (left []op) {
	for i, o := range ops {
		if !del(i, o) {
			left = append(left, o)
		}
	}
	return left
}

// regenerateCreatesFirst moves the removal of the old record behind the creation
// of the new one, or to the destroy that comes first. Without either it never
// happens.
func regenerateCreatesFirst(p *prediction) {
	var ops []op
	var pending *op
	for _, o := range p.Ops {
		if o.Do == "delete" && o.At < p.end() && p.does(o.At, "regenerate") {
			pending = &o
			continue
		}
		ops = append(ops, o)
		if pending != nil && o.Do == "create" {
			pending.At = o.At
			ops = append(ops, *pending)
			pending = nil
		}
	}
	if pending != nil && p.end() > 0 && p.does(p.end()-1, "destroy") {
		pending.At = p.end() - 1
		ops = append(ops, *pending)
	}
	p.Ops = ops
}

func (p *prediction) lastAction(do string) int {
	for i := p.end() - 1; i >= 0; i-- {
		if p.does(i, do) {
			return i
		}
	}
	return -1
}

// regenerateAndSave drops the second of two equal saves.
func regenerateAndSave(p *prediction) {
	i := len(p.Ops) - 1
	regenerated := p.lastAction("regenerate")
	if i < 0 || regenerated < 0 || p.Ops[i].At < p.end() || p.Ops[i].Do != "save" {
		return
	}
	for j := i - 1; j >= 0 && p.Ops[j].At > regenerated; j-- {
		if o := p.Ops[j]; o.ID == p.Ops[i].ID && o.Data != "" {
			if o.Data == p.Ops[i].Data {
				p.Ops = p.Ops[:i]
			}
			return
		}
	}
}

// reloadChanged makes the last save a touch where it would store what was there.
func reloadChanged(p *prediction) {
	i := len(p.Ops) - 1
	if i < 0 || p.Ops[i].Do != "save" || p.Ops[i].At < p.end() || p.lastAction("reload") < 0 {
		return
	}
	for _, r := range replay(p.before, p.Ops[:i], p.now) {
		if r.ID == p.Ops[i].ID && sameData(r.Data, p.Ops[i].Data) {
			if !p.v.Options.Resave {
				p.Ops[i] = op{Do: "touch", ID: r.ID, Expires: p.Ops[i].Expires, At: p.end()}
			}
			if !p.v.Options.Rolling {
				p.SetCookie = nil
			}
		}
	}
}

// sameData reports whether two records differ in the instant of their cookies only.
func sameData(a, b string) bool { return withoutInstant(a) == withoutInstant(b) }

func withoutInstant(data string) string {
	before, after, ok := strings.Cut(data, `"expires":"`)
	if !ok {
		return data
	}
	_, after, _ = strings.Cut(after, `"`)
	return before + after
}

func saveExtends(p *prediction) {
	for i, o := range p.Ops {
		if o.At >= 0 && o.At < p.end() && p.does(o.At, "save") && o.Data != "" {
			if s := p.tr.Acts[o.At].Saved; s != nil {
				p.Ops[i].Data, p.Ops[i].Expires = s.Data, s.Expires
			}
		}
	}
}

func touchAfterSave(p *prediction) {
	saved := p.lastAction("save")
	if saved < 0 || !p.any(saved, "touch") || p.tr.Left == nil || p.loaded() && p.tr.Left.ID == p.tr.Start.ID {
		return
	}
	if n := len(p.Ops); n > 0 && p.Ops[n-1].At < p.end() {
		p.Ops = append(p.Ops, op{Do: "touch", ID: p.tr.Left.ID, Expires: p.tr.Left.Expires, At: p.end()})
	}
}

// settingsChanged follows the settings of the cookie. It reports whether there
// is a change that was not stored, and whether one was by a save.
func (p *prediction) settingsChanged() (dirty, saved bool) {
	for i := range p.v.Request.Actions {
		switch do := p.v.Request.Actions[i].Do; do {
		case "regenerate":
			dirty, saved = false, false
		case "reload":
			dirty = dirty && p.tr.Acts[i].Error != ""
		case "save":
			dirty, saved = false, saved || dirty
		default:
			dirty = dirty || p.settingsAt(i) != p.settingsAt(i+1) && p.settingsAt(i+1) != ""
		}
	}
	return dirty, saved
}

func (p *prediction) settingsAt(i int) string {
	if i >= len(p.tr.Acts) {
		return ""
	}
	return p.tr.Acts[i].Settings
}

func settingsAreChange(p *prediction) {
	dirty, saved := p.settingsChanged()
	if p.tr.Left == nil {
		return
	}
	if dirty {
		i := len(p.Ops) - 1
		o := op{Do: "save", ID: p.tr.Left.ID, Data: p.tr.Left.Data, Expires: p.tr.Left.Expires, At: p.end()}
		if !p.known(o.ID, len(p.Ops)) {
			o.Do = "create"
		}
		switch {
		case i < 0 || p.Ops[i].At < p.end():
			p.Ops = append(p.Ops, o)
		case p.Ops[i].Do == "touch":
			p.Ops[i] = o
		}
	}
	if dirty || saved {
		p.send()
	}
}

// send expects the cookie of the session that is left.
func (p *prediction) send() { p.sendState(p.tr.Left) }

func (p *prediction) sendState(s *state) {
	if s != nil && (p.https() || !strings.Contains(s.Settings, `"secure":true`)) {
		p.SetCookie = []string{s.Cookie}
	}
}
