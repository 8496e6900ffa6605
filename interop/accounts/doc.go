// Package accounts proves that an Express application with Mongoose and bcrypt and
// a Go program with package mongousers share users.
package accounts
