from flask import Flask, send_file

app = Flask(__name__)


@app.get("/invoice/<int:number>")
def invoice(number: int):
    return send_file(f"/srv/invoices/{number:08d}.pdf")


@app.get("/label/<uuid:parcel>")
def label(parcel):
    return send_file("/srv/labels/" + str(parcel) + ".png")
