package conformance

import "net/http"

// overlapping are the rules about requests that overlap.
func overlapping() ruleset {
	return ruleset{
		{
			name:    "logout holds",
			row:     "creates a record again that a logout has removed, when a request in flight saves",
			predict: logoutHolds,
		},
		{
			name:    "merge",
			row:     "stores the whole record, the last one wins",
			predict: merge,
		},
	}
}

// logoutHolds has a session that is gone stay gone.
func logoutHolds(p *prediction) {
	gone := map[string]bool{}
	var ops []op
	for _, o := range p.Ops {
		switch {
		case o.Do == "logout":
			gone[o.ID] = true
		case (o.Do == "create" || o.Do == "save") && gone[o.ID]:
			o.Do = "save"
			o.void = true
			ops = append(ops, o)
			p.SetCookie = nil
			if o.At < p.end() {
				p.fail(http.StatusServiceUnavailable)
			}
			p.Ops = ops
			return
		case o.Do == "touch" && gone[o.ID]:
			p.SetCookie = nil
		case o.Do == "delete" && gone[o.ID] && len(ops) > 0 && ops[len(ops)-1].Do == "create":
			created := ops[len(ops)-1].ID
			p.Ops = append(ops, o, op{Do: "delete", ID: created, At: o.At})
			p.fail(http.StatusServiceUnavailable)
			return
		}
		ops = append(ops, o)
	}
}

// fail expects an error in place of the response.
func (p *prediction) fail(status int) {
	p.Status, p.SetCookie = status, nil
	p.CacheControl = "no-store"
}

// merge has a save over what another request has stored repeat the changes on
// that.
func merge(p *prediction) {
	if p.merged == nil {
		return
	}
	stale := map[string]bool{}
	var ops []op
	for i, o := range p.Ops {
		switch {
		case o.Do == "other":
			stale[o.ID] = true
		case o.Do == "get", o.Do == "logout":
			stale[o.ID] = false
		case o.Do == "save" && stale[o.ID]:
			stale[o.ID] = false
			refused := o
			refused.void = true
			ops = append(ops, refused, op{Do: "get", ID: o.ID, At: o.At})
			o = p.after(o)
		case o.Do == "delete" && stale[o.ID] && i > 0 && p.Ops[i-1].Do == "create":
			stale[o.ID] = false
			refused := o
			refused.void = true
			created := p.Ops[i-1]
			ops = append(ops, refused, op{Do: "delete", ID: created.ID, At: o.At}, op{Do: "get", ID: o.ID, At: o.At}, created)
		case o.Do == "delete" && stale[o.ID]:
			stale[o.ID] = false
			refused := o
			refused.void = true
			ops = append(ops, refused, op{Do: "get", ID: o.ID, At: o.At})
		}
		ops = append(ops, o)
	}
	p.Ops = ops
}

// after returns what is stored by the call at the same place once the other
// request has been heard of.
func (p *prediction) after(o op) op {
	for _, m := range p.merged.Ops {
		if m.At == o.At && m.ID == o.ID && m.Do == o.Do {
			return m
		}
	}
	if s := p.merged.tr.Left; s != nil { // a change of the order only, which a merge does not repeat
		o.Data, o.Expires = s.Data, s.Expires
	}
	return o
}
