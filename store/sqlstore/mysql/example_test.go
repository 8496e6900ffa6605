package mysql_test

import (
	"context"
	"database/sql"
	"log"
	"net/http"
	"os"

	driver "github.com/go-sql-driver/mysql"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
)

// A store needs the URL of a database.
func Example() {
	store, err := mysql.Open(context.Background(), os.Getenv("DATABASE_URL"), mysql.Options{CreateTables: true})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	sessions, err := session.New(session.Options{Secrets: []string{os.Getenv("SESSION_SECRET")}, Store: store})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":3000", sessions.Handler(http.DefaultServeMux)))
}

// Sessions and the application's own tables share connections.
func ExampleNew() {
	config := driver.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", "db:3306", "app"
	config.User, config.Passwd = "app", os.Getenv("DATABASE_PASSWORD")
	config.InterpolateParams = true
	connector, err := driver.NewConnector(config)
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	store, err := mysql.New(db, mysql.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
}
