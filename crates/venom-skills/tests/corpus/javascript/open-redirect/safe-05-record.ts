export async function follow(req: any, res: any) {
  const link = await Link.findById(req.params.id);
  res.redirect(link.target);
}
