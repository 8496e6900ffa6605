package auth

import (
	"context"
	"net/http"
)

// OccupyHashers takes the places of all who may hash and of all who may wait,
// until release is called.
func (a *Authenticator) OccupyHashers(ctx context.Context) (release func()) {
	g := a.hasher.gate
	for range cap(g.inside) {
		if err := g.enter(ctx); err != nil {
			panic(err)
		}
	}
	waiting := cap(g.admitted) - cap(g.inside)
	for range waiting {
		g.admitted <- struct{}{}
	}
	return func() {
		for range waiting {
			<-g.admitted
		}
		for range cap(g.inside) {
			g.leave()
		}
	}
}

// CreateAccount is Register without a session.
func (a *Authenticator) CreateAccount(r *http.Request, c Credentials) error {
	_, err := a.create(r, c)
	return err
}

// HoldHashers takes the places of all who may hash, until release is called.
// Who comes meanwhile waits.
func (a *Authenticator) HoldHashers(ctx context.Context) (release func()) {
	g := a.hasher.gate
	for range cap(g.inside) {
		if err := g.enter(ctx); err != nil {
			panic(err)
		}
	}
	return func() {
		for range cap(g.inside) {
			g.leave()
		}
	}
}
