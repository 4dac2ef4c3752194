use warp::Filter;

fn page(name: String) -> impl warp::Reply {
    warp::reply::html(format!("<b>{name}</b>")) // expect: xss
}
