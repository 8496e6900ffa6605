package mysql_test

const roleVariable = "SOJOURN_TEST_MYSQL_ROLE"

func play(string) int { return 0 }
