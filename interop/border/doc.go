// Package border tests what docs/migrate-from-express.md describes: an Express
// application that moves to Go route by route behind nginx, while a browser stays
// logged in. The configuration of nginx is the page's, and the page quotes the
// programs that run here: the Express application in express, the Go side in
// shop.
package border
