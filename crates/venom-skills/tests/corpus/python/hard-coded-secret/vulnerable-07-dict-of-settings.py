import pymysql

DATABASE = {
    "host": "10.1.4.20",
    "user": "shop",
    "password": "Mh7#tulip_bridge",  # expect: hard-coded-secret
    "database": "shop",
}


def connect():
    return pymysql.connect(**DATABASE)
