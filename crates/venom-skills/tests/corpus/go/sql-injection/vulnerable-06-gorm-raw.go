package shop

import (
	"fmt"

	"gorm.io/gorm"
)

func byCity(db *gorm.DB, city string) *gorm.DB {
	return db.Raw(fmt.Sprintf("SELECT * FROM shops WHERE city = '%s'", city)) // expect: sql-injection
}
