from flask import Flask

app = Flask(__name__)


@app.route("/item/<int:item_id>")
def item(item_id: int):
    return f"<p>Item number {item_id}</p>"


@app.route("/page/<int:number>")
def page(number):
    return "<a href='/page/%d'>next</a>" % (number + 1)
