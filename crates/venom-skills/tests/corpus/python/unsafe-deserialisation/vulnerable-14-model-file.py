import joblib
import pandas as pd
from flask import Flask, request

app = Flask(__name__)


@app.post("/predict")
def predict():
    model = joblib.load(request.files["model"])  # expect: unsafe-deserialisation
    frame = pd.read_pickle(request.files["frame"])  # expect: unsafe-deserialisation
    return {"result": model.predict(frame).tolist()}
