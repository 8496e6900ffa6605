package main

import "github.com/sojourn-dev/sojourn/session"

// What Express has as req.session.cart, and so on.
const (
	cart  session.Key[[]string]            = "cart"
	theme session.Key[string]              = "theme"
	views session.Key[int]                 = "views"
	flash session.Key[map[string][]string] = "flash" // that of connect-flash
)

// addToCart loses no item, however many requests of a browser overlap.
func addToCart(s *session.Session, item string) error {
	_, err := cart.Update(s, func(items []string) []string { return append(items, item) })
	return err
}

// say keeps a message for the next page, whichever side serves it.
func say(s *session.Session, text string) {
	flash.Set(s, map[string][]string{"info": append(flash.Get(s)["info"], text)})
}
