package config

func form() Form {
	return Form{User: "", Password: "", Token: ""}
}
