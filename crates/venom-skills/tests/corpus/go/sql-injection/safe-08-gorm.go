package shop

import "gorm.io/gorm"

func byName(db *gorm.DB, name string) (user User) {
	db.Where("name = ?", name).First(&user)
	return user
}
